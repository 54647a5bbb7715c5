import { tap } from '@push.rocks/tapbundle';
import { plainHost } from '../helpers/hosts/plainhost.js';
import { contract } from './contract.js';

contract(tap, plainHost);

export default tap.start({ throwOnError: true });
